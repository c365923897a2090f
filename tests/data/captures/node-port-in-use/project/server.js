require('http').createServer(() => {}).listen(8096, '127.0.0.1', () => console.log('listening'));
