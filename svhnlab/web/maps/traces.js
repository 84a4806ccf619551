// Plotly traces of a map of feature space.

const NO_LINE = { width: 0 };

/** Escape a text for Plotly, which interprets some HTML. @param {string} text */
function escapeMarkup(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/**
 * Return the images of a map by the reader's choice, as positions in its data.
 * @param {MapData} data
 * @param {MapData["runs"][number]} run
 * @param {number} chosenClass - -1: all
 * @param {boolean} errorsOnly
 */
export function shownImages(data, run, chosenClass, errorsOnly) {
  const images = [...data.labels.keys()];
  const inClass = images.filter((image) => chosenClass < 0 || data.labels[image] === chosenClass);
  /** @param {number} image */
  const isWrong = (image) => run.predicted[image] !== data.labels[image];
  return {
    correct: errorsOnly ? [] : inClass.filter((image) => !isWrong(image)),
    wrong: inClass.filter(isWrong),
    // The other classes are a pale background.
    others: errorsOnly || chosenClass < 0 ? [] : images.filter((image) => data.labels[image] !== chosenClass),
  };
}

/**
 * Return the traces of a map: other classes, correct images, errors, names of the classes.
 * @param {HTMLElement} plot - gives the colours of the page
 * @param {MapData} data
 * @param {MapData["runs"][number]} run
 * @param {number} chosenClass - -1: all
 * @param {boolean} errorsOnly
 */
export function mapTraces(plot, data, run, chosenClass, errorsOnly) {
  const isFlat = data.dimensions === 2;
  const style = getComputedStyle(plot);
  const page = style.getPropertyValue("--page");
  const { correct, wrong, others } = shownImages(data, run, chosenClass, errorsOnly);

  /** @type {(points: number[][], settings: object) => object} */
  const trace = (points, settings) => {
    const axes = ["x", "y", "z"].slice(0, data.dimensions);
    const coordinates = axes.map((axis, d) => [axis, points.map((point) => point[d] / data.reach)]);
    const type = isFlat ? "scatter" : "scatter3d";
    return { type, mode: "markers", ...Object.fromEntries(coordinates), ...settings };
  };
  /** @param {number[]} members */
  const points = (members) => members.map((image) => run.points.map((axis) => axis[image]));
  /** @param {number[]} members */
  const colours = (members) => members.map((image) => data.colours[data.labels[image]]);
  // Ten classes share one mark, which is drawn faster than a list of marks.
  const symbol = new Set(data.symbols).size > 1
    ? correct.map((image) => data.symbols[data.labels[image]])
    : data.symbols[0];
  const named = [...data.names.keys()].filter((k) => chosenClass < 0 || k === chosenClass)
    .flatMap((k) => (run.centres[k] ? [{ name: escapeMarkup(data.onMap[k]), centre: run.centres[k] }] : []));
  return [
    trace(points(others), {
      marker: { size: isFlat ? 4 : 2, color: style.color, opacity: 0.14, line: NO_LINE },
    }),
    trace(points(correct), {
      marker: { size: isFlat ? 5.5 : 3, color: colours(correct), symbol, opacity: 0.85, line: NO_LINE },
    }),
    trace(points(wrong), {
      ...(isFlat
        ? { marker: { symbol: "x", size: 8, color: colours(wrong), opacity: 1, line: { width: 1, color: page } } }
        // A character that every font has: WebGL markers are characters, too, and some fonts lack Plotly's crosses.
        : { mode: "text", text: "×", textfont: { size: 20, weight: 900, color: colours(wrong) } }),
    }),
    trace(named.map(({ centre }) => centre), {
      mode: "text",
      text: named.map(({ name }) => name),
      textfont: {
        size: data.nameSize, weight: 700, color: style.color,
        ...(isFlat && { shadow: `0 0 3px ${page}, 0 0 4px ${page}` }),
      },
    }),
  ];
}
