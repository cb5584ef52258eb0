/** Does each step by its name with what `operations` has for it, and prints what became of each. */
export async function runSteps(operations) {
  const results = [];
  for (const step of JSON.parse(process.argv[2])) {
    try {
      results.push({ ok: true, value: await operations[step.op](step) });
    } catch ({ name, code, statusCode = '', message }) {
      results.push({ ok: false, error: `${name} ${code} ${statusCode}`.trim(), message });
    }
  }
  console.log(JSON.stringify(results));
}
