import "katex/dist/katex.css";
import "./styles/tokens.css";
import "./styles/fonts.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/contents.css";
import "./styles/chapter.css";
import "./styles/frames.css";
import "./styles/exercise.css";
import "../instruments/instruments.css";
import "../instruments/pictures.css";
import "../instruments/controls.css";
import "../instruments/words_around.css";
import "../instruments/gptq_steps.css";
import "../instruments/prune.css";
import "../instruments/layers.css";
import "../instruments/your_weights.css";
import "../python/cells.css";
import "./styles/volume.css";
import "./styles/overlays.css";
import "./styles/print.css";
import { connectEngine, type RemoteEngine } from "../../bindings/client.ts";
import { scrollToStates } from "../instruments/fragment.ts";
import { addContentsButton, followReader } from "./contents.ts";
import { enhanceExercise } from "./exercises/exercise.ts";
import { stepByStep } from "./idle.ts";
import { hydrateIslands } from "./islands.ts";
import { layOut, untilShown } from "./layout.ts";
import { showNotice } from "./notices.ts";
import { keepForOffline } from "./offline/register.ts";
import { addPreviews } from "./previews.ts";
import { unfoldForPrint } from "./print.ts";
import { Progress } from "./progress.ts";
import { addSearch } from "./search.ts";
import { showProgress } from "./solved_marks.ts";
import { readerStorage } from "./storage.ts";
import { addThemeButton } from "./theme.ts";

/** The folder of the whole site, however deep this page lies in it. */
const siteRoot = new URL(document.documentElement.dataset.siteRoot || "./", location.href);
/** The page's own path below the site's root, which is the same on every host. */
const page = location.pathname.slice(siteRoot.pathname.length).replace(/index\.html$/, "");

const storage = readerStorage();
const contents = document.querySelector<HTMLElement>("[data-contents]");
const main = document.querySelector<HTMLElement>("main");

function addTools(): void {
  const head = document.querySelector<HTMLElement>(".running-head");
  const tools = document.querySelector<HTMLElement>("[data-reader-tools]");
  if (head === null || tools === null) return;
  if (contents !== null) addContentsButton(tools, contents, head);
  addSearch(tools, siteRoot);
  addThemeButton(tools, storage);
}

/** Makes the exercises answerable, one a step. */
function* enhanceExercises(engine: RemoteEngine): Generator<void> {
  const progress = new Progress(storage);
  const exercises = [...document.querySelectorAll<HTMLElement>("[data-exercise]")];
  for (const exercise of exercises) {
    const label = exercise.dataset.exercise ?? "";
    enhanceExercise(exercise, engine, () => progress.markSolved(page, label));
    yield;
  }
  showProgress(exercises, contents, progress, page);
  yield;
}

/** Brings to life everything that computes: exercises, instruments, cells. */
function* connectComputation(): Generator<void> {
  if (typeof WebAssembly === "undefined") {
    showNotice(
      "This browser has no WebAssembly, so nothing here computes: the text, the worked solutions and the pictures of the instruments remain.",
    );
    return;
  }
  const engine = connectEngine(siteRoot);
  yield* enhanceExercises(engine);
  hydrateIslands(siteRoot, engine);
}

/** What can wait until the first view is there, in steps. */
function* afterFirstView(): Generator<void> {
  yield* untilShown();
  if (contents !== null) followReader(contents);
  yield* layOut();
  yield* connectComputation();
}

addTools();
if (main !== null) addPreviews(main);
unfoldForPrint();
scrollToStates();
stepByStep(afterFirstView());
if (import.meta.env.PROD) void keepForOffline(siteRoot);
