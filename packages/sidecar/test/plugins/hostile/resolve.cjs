module.exports = () => {
  module.constructor._resolveFilename = () => 'net';
  return require('./anything').connect.name;
};
