import { join } from "node:path";
import { build } from "./build/build.mjs";
import { serve } from "./serve.mjs";
import { main, SetupError } from "./setup/console.mjs";
import { root } from "./setup/paths.mjs";
import { setUp } from "./setup/setup.mjs";

await main(async () => {
  await setUp("build");
  await build();
  const port = Number(process.env.PORT ?? 8080);
  const { url } = await serve({ root: join(root, "dist"), port }).catch((error) => {
    throw error.code === "EADDRINUSE" ? new SetupError(error.message) : error;
  });
  process.stdout.write(`\nThe encyclopedia is open at ${url}  (Ctrl-C closes it)\n`);
});
