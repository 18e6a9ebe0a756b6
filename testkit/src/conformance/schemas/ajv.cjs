const Ajv = require("ajv");
const schemas = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const [name, schema] of Object.entries(schemas)) {
  try {
    new Ajv({ strict: true }).compile(schema);
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
