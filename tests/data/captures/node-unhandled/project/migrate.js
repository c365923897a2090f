const net = require('net');

async function connect(port) {
  return new Promise((done, fail) => {
    const socket = net.connect(port, '127.0.0.1', () => done(socket));
    socket.on('error', fail);
  });
}

console.log('migrate: connecting to the database');
connect(5432).then(() => console.log('migrate: done'));
