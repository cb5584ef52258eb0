const name = 'net';
module.exports = () => require(name).connect.name;
