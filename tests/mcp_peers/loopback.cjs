// Loaded before a Node program (node --require): what would listen on every interface listens on loopback only.
// At the socket, because naming a host to listen() makes it asynchronous, and programs read their port right after it.
'use strict';
const { TCP } = process.binding('tcp_wrap');
const { bind } = TCP.prototype;

TCP.prototype.bind6 = function (address, port) {
  return bind.call(this, '127.0.0.1', port);
};
TCP.prototype.bind = function (address, port) {
  return bind.call(this, address.startsWith('127.') ? address : '127.0.0.1', port);
};
