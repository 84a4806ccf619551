// Which version the pages beside this file are, and where the list of all versions lies.
(() => {
  const here = document.currentScript;
  const root = here.dataset.root + "{root}";
  window.svhnlabVersion = { version: "{version}", page: here.dataset.page, root };
  const script = document.createElement("script");
  script.src = root + "versions.js";
  document.head.append(script);
})();
