module.exports = process.mainModule?.constructor?.name ?? module.constructor._load('net').connect.name;
