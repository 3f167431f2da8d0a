import { Workbox } from "workbox-window";
import { showNotice } from "../notices.ts";

/** Tells the reader when the network is gone, and takes the notice back when it returns. */
function announceConnection(): void {
  let remove: (() => void) | undefined;
  const update = (): void => {
    remove?.();
    remove = navigator.onLine
      ? undefined
      : showNotice(
          "You are offline. Text, exercises and instruments work; Python does if it was kept or run before.",
        );
  };
  addEventListener("offline", update);
  addEventListener("online", update);
  if (!navigator.onLine) update();
}

/** Time after which a page that comes back into sight looks for a new edition again, in milliseconds. */
const restBetweenLooks = 30 * 60 * 1000;

/** Looks for a new edition when the reader comes back to a page left open. */
function lookAgain(registration: ServiceWorkerRegistration): void {
  let looked = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - looked < restBetweenLooks) return;
    looked = Date.now();
    registration.update().catch(() => {
      // Without the network there is no news; the next return asks again.
    });
  });
}

/**
 * Registers the service worker that keeps the volume for offline reading. A new edition announces itself and is
 * taken up when the reader asks for it, never by itself.
 */
export async function keepForOffline(siteRoot: URL): Promise<void> {
  announceConnection();
  if (!("serviceWorker" in navigator)) return;
  const workbox = new Workbox(new URL("service-worker.js", siteRoot).href, { scope: siteRoot.pathname });
  let isReloadAsked = false;
  let isAnnounced = false;
  workbox.addEventListener("waiting", () => {
    if (isAnnounced) return;
    isAnnounced = true;
    showNotice("A new edition of this volume is ready.", {
      label: "Reload",
      run: () => {
        isReloadAsked = true;
        workbox.messageSkipWaiting();
      },
    });
  });
  workbox.addEventListener("controlling", (event) => {
    if (isReloadAsked) location.reload();
    else if (event.isUpdate) {
      showNotice("This volume was updated in another window.", {
        label: "Reload",
        run: () => location.reload(),
      });
    }
  });
  try {
    const registration = await workbox.register();
    if (registration !== undefined) lookAgain(registration);
  } catch {
    // Without a service worker (private windows, plain http) the page reads as before, but not offline.
  }
}
