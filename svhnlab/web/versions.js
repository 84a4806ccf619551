// Selector of versions and banner on old ones, for the pages of all versions. Written anew by each publication.
(() => {
  // Versions, latest first, each with the number of its list of pages.
  const { versions, pages } = "{data}";
  const { version, page, root } = window.svhnlabVersion;
  const line = document.querySelector(".version-line");
  if (!line) return;
  const latest = versions[0].version;

  // The same page of another version, at the same place; its first page where it lacks this one.
  const address = (wanted) => {
    const there = versions.find((one) => one.version === wanted);
    const kept = pages[there.pages].includes(page);
    const folder = wanted === latest ? "" : `v/${wanted}/`;
    const path = (kept ? page : "index.html").split("/").map(encodeURIComponent).join("/");
    return root + folder + path + (kept ? location.hash : "");
  };
  const element = (name, properties = {}, ...content) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...content);
    return made;
  };

  // Keys change a closed select at every step, so that choosing alone must not lead away.
  const select = element("select");
  for (const one of versions) {
    const text = one.version === latest ? `${one.version} (latest)` : one.version;
    select.append(element("option", { value: one.version, textContent: text, selected: one.version === version }));
  }
  const open = element("button", { type: "submit", textContent: "Open" });
  const form = element("form", { className: "version-choice" }, element("label", {}, "Version ", select), open);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.href = address(select.value);
  });
  select.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && select.value !== version) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  // Back from another page, a browser may restore the choice that led there.
  addEventListener("pageshow", () => { select.value = version; });

  const note = element("p", { className: "version-note" });
  // The place may change after the page was loaded.
  const followed = (link, target) => {
    const renew = () => { link.href = target(); };
    for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, renew);
    renew();
    return link;
  };
  const changes = (from, to) => {
    const pair = `${encodeURIComponent(from)}..${encodeURIComponent(to)}`;
    return element("a", { href: `${root}changes.html#${pair}`, textContent: "What changed" });
  };
  const index = versions.findIndex((one) => one.version === version);
  if (index > 0) {
    line.classList.add("old");
    const link = element("a", { textContent: `Read this page in version ${latest}` });
    note.append(
      element("strong", { textContent: "Not the latest version." }), " ",
      followed(link, () => address(latest)), " · ", changes(version, latest),
    );
  } else if (versions.length > 1) {
    note.append(changes(versions[1].version, version));
  }
  line.append(form, note);
  line.classList.add("ready");
})();
