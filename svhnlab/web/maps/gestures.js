// Gestures on a map that leave the page its scrolling: Plotly would take every touch, and the wheel on a spatial map.

const TAP_DISTANCE = 8; // pixels: a finger that moves farther moves the map
const WHEEL_FACTOR = 1.002; // of the distance, for each pixel

/**
 * Add the gestures of fingers and of the wheel.
 *
 * One finger that moves sideways moves the map, and so do two fingers, which also zoom; one that moves up or down scrolls
 * the page (`touch-action` in the style sheet). The wheel zooms with Ctrl only.
 * @param {HTMLElement} plot
 * @param {(right: number, down: number, factor: number) => void} move - shares of the width and the height by which the
 *   content moves, and the factor of the distance
 * @param {(event: PointerEvent) => void} tap
 */
export function addGestures(plot, move, tap) {
  /** @type {Map<number, PointerEvent>} */
  const fingers = new Map();
  /** @type {PointerEvent | null} The touch that may become a tap. */
  let pressed = null;

  /** Return the middle of the fingers and the distance between the first two. */
  const grip = () => {
    const [a, b = a] = fingers.values();
    return {
      x: (a.clientX + b.clientX) / 2,
      y: (a.clientY + b.clientY) / 2,
      apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
    };
  };
  plot.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, event);
    pressed = fingers.size === 1 ? event : null;
  });
  plot.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = grip();
    fingers.set(event.pointerId, event);
    const after = grip();
    if (pressed) {
      const [right, down] = [event.clientX - pressed.clientX, event.clientY - pressed.clientY].map(Math.abs);
      if (Math.hypot(right, down) < TAP_DISTANCE) return;
      pressed = null;
      // The browser needs some more pixels before it scrolls and cancels the gesture.
      if (down > right && !document.fullscreenElement) fingers.clear();
      if (!fingers.size) return;
    }
    move((after.x - before.x) / plot.clientWidth, (after.y - before.y) / plot.clientHeight,
      after.apart ? before.apart / after.apart : 1);
  });
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    window.addEventListener(type, (event) => {
      if (!fingers.delete(event.pointerId)) return;
      if (pressed && type === "pointerup") tap(event);
      pressed = null;
    });
  }

  const options = { capture: true, passive: false }; // before Plotly's listeners, which prevent scrolling
  for (const type of /** @type {const} */ (["touchstart", "touchmove", "touchend"])) {
    plot.addEventListener(type, (event) => {
      event.stopPropagation();
      if (type === "touchmove" && event.touches.length > 1) event.preventDefault();
    }, options);
  }
  plot.addEventListener("wheel", (event) => {
    event.stopPropagation();
    if (!event.ctrlKey) return;
    event.preventDefault();
    move(0, 0, WHEEL_FACTOR ** event.deltaY);
  }, options);
}
