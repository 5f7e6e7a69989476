// Imports a component's script. Browsers remember a failed import, so the loader tries again with a
// new address (https://github.com/whatwg/html/issues/6768).

const WAITS_MS = [500, 2000, 8000];

async function load(tries = 0) {
  try {
    return await import(new URL("SCRIPT" + (tries ? `&try=${tries}` : ""), document.baseURI).href);
  } catch (error) {
    if (tries === WAITS_MS.length) throw error;
    await new Promise((resolve) => setTimeout(resolve, WAITS_MS[tries]));
    return load(tries + 1);
  }
}

export default (await load()).default;
