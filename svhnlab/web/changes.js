// Shows one pair of versions; the address keeps the choice. Without the script all pairs stand one below the other.
(() => {
  const sections = new Map([...document.querySelectorAll(".pair")].map((section) => [section.id, section]));
  const [from, to] = [document.getElementById("from"), document.getElementById("to")];
  const shown = document.getElementById("shown");
  const order = [...to.options].map((option) => option.value); // latest first
  const show = (one, other) => {
    // The older version comes first, whichever way it was asked for.
    const [before, after] = order.indexOf(one) >= order.indexOf(other) ? [one, other] : [other, one];
    [from.value, to.value] = [before, after];
    const wanted = `${before}..${after}`;
    sections.forEach((section, id) => { section.hidden = id !== wanted; });
    shown.textContent = before === after
      ? `Version ${before} was chosen twice: choose two versions to compare.`
      : `Shown: from version ${before} to version ${after}.`;
    shown.classList.toggle("unseen", before !== after);
    return wanted;
  };
  const follow = () => {
    let asked = "";
    try { asked = decodeURIComponent(location.hash.slice(1)); } catch { /* no name of a pair */ }
    const [one, other] = asked.split("..");
    if (order.includes(one) && order.includes(other)) show(one, other);
    else show(order[1], order[0]);
  };
  for (const select of [from, to]) {
    select.addEventListener("change", () => history.replaceState(null, "", `#${show(from.value, to.value)}`));
  }
  addEventListener("hashchange", follow);
  document.querySelector(".choice").hidden = false;
  document.querySelector(".pairs").hidden = true;
  follow();
})();
