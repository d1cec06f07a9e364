// Mounts each [data-module] element once: data-module="ui/menu" loads ui/menu.js and calls mount(element).
// A fragment put into the page later is mounted by whoever put it there: mountAll(fragment).

const mounted = new WeakSet();

export async function mountAll(root = document) {
  const found = [...root.querySelectorAll("[data-module]")];
  if (root instanceof Element && root.matches("[data-module]")) found.unshift(root);
  await Promise.all(found.map(mountOne));
}

async function mountOne(element) {
  if (mounted.has(element)) return;
  mounted.add(element);
  for (const name of element.dataset.module.split(/\s+/)) {
    if (!/^[a-z_]+\/[a-z0-9_]+$/.test(name)) continue;
    try {
      const module = await import(`../${name}.js`);
      await module.mount(element);
    } catch (error) {
      console.error(`module ${name} did not mount`, error); // the page stays of use without it
    }
  }
}
