// Loading of scripts on demand. A page opened from disk may run scripts, but not fetch files.

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
/** Folder of the site's scripts. */
export const ASSETS = new URL(".", script.src);
/** Folder of the site. */
export const SITE = new URL("..", ASSETS);

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * Load a script once; after a failure the next call tries again.
 * @param {URL} address
 * @returns {Promise<void>}
 */
export function loadScript(address) {
  const known = loading.get(address.href);
  if (known) return known;
  const promise = /** @type {Promise<void>} */ (new Promise((resolve, reject) => {
    const added = document.createElement("script");
    added.src = address.href;
    added.onload = () => resolve();
    added.onerror = () => {
      loading.delete(address.href);
      reject(new Error(`${address.href} cannot be loaded`));
    };
    document.head.append(added);
  }));
  loading.set(address.href, promise);
  return promise;
}
