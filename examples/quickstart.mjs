// npm install iii-sdk; node quickstart.mjs IMAGE
import { registerWorker } from "iii-sdk";

const iii = registerWorker(process.env.III_URL ?? "ws://127.0.0.1:49134");

const morph = (name, payload) =>
  iii.trigger({ function_id: `sandbox::provider::morph::${name}`, payload, timeoutMs: 300_000 });

const { sandbox_id } = await morph("create", { image: process.argv[2] });
try {
  const ran = await morph("exec", { sandbox_id, cmd: "echo", args: ["it's", "$HOME", "*"] });
  console.log(ran.exit_code, ran.stdout);
} finally {
  await morph("stop", { sandbox_id });
  await iii.shutdown();
}
