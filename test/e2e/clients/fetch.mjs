const [method, url] = process.argv.slice(2);
const response = await fetch(url, { method });
console.log(response.status, await response.text());
