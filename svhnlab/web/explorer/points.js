// Points drawn with WebGL 2, or slower without it.
//
// Written here because of what the libraries need: those on regl compile text to functions, which the content security
// policy of the pages forbids, and deck.gl has two megabytes.

/**
 * @import { Positions } from "./space.js"
 */

/**
 * @typedef {object} Frame - what maps coordinates to the canvas
 * @property {number} x - coordinates of the centre
 * @property {number} y
 * @property {number} scale - pixels of the canvas per unit
 * @property {number} size - diameter of a dot in pixels of the canvas
 * @property {number} reach - largest distance from the centre; dots are larger by a share of `NEARER` at that distance
 *   towards the reader, and smaller and paler away from the reader
 */

const NEARER = 0.45;

const VERTEX = `#version 300 es
in vec4 position;
in vec4 colour;
in float mark;
uniform vec2 centre, scale;
uniform float size, reach;
out vec4 paint;
flat out float isCross;
flat out float pixel;
void main() {
  float near = position.z / reach;
  gl_Position = vec4((position.xy - centre) * scale, 0.0, 1.0);
  gl_PointSize = size * (1.0 + 0.8 * mark) * (1.0 + ${NEARER} * near);
  paint = vec4(colour.rgb, colour.a * min(1.0, 1.0 + ${NEARER} * near));
  isCross = mark;
  pixel = 2.0 / gl_PointSize;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 paint;
flat in float isCross;
flat in float pixel;
out vec4 result;
void main() {
  vec2 at = 2.0 * gl_PointCoord - 1.0;
  float dot = 1.0 - smoothstep(1.0 - 1.5 * pixel, 1.0, length(at));
  float line = min(abs(at.x - at.y), abs(at.x + at.y));
  float cross = 1.0 - smoothstep(0.3 - pixel, 0.3 + pixel, line);
  float alpha = paint.a * mix(dot, cross, isCross);
  result = vec4(paint.rgb * alpha, alpha);
}`;

/** Points on a canvas. Colours are RGBA bytes; an image with the mark 1 is a cross. */
export class Points {
  /** @type {Positions} */
  positions = { x: new Int16Array(0), y: new Int16Array(0), z: new Int16Array(0) };
  colours = new Uint8Array(0);
  marks = new Uint8Array(0);
  order = new Uint32Array(0);

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    this.flat = this.gl ? null : canvas.getContext("2d");
    if (this.gl) this.#prepare(this.gl);
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      if (!this.gl) return;
      this.#prepare(this.gl);
      this.setPositions(this.positions, this.order);
      this.setColours(this.colours, this.marks);
      canvas.dispatchEvent(new Event("redraw"));
    });
  }

  /** @param {WebGL2RenderingContext} gl */
  #prepare(gl) {
    const program = gl.createProgram();
    for (const [kind, text] of /** @type {const} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
      const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    /** @type {(name: string, size: number, type: number, isShare: boolean) => WebGLBuffer} */
    const attribute = (name, size, type, isShare) => {
      const buffer = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      const place = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, type, isShare, 0, 0);
      return buffer;
    };
    this.buffers = {
      position: attribute("position", 4, gl.SHORT, false),
      colour: attribute("colour", 4, gl.UNSIGNED_BYTE, true),
      mark: attribute("mark", 1, gl.UNSIGNED_BYTE, false),
    };
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    /** @param {string} name */
    const uniform = (name) => gl.getUniformLocation(program, name);
    this.uniforms = { centre: uniform("centre"), scale: uniform("scale"), size: uniform("size"), reach: uniform("reach") };
  }

  /**
   * @param {WebGLBuffer | undefined} buffer
   * @param {ArrayBufferView<ArrayBuffer>} values
   */
  #upload(buffer, values) {
    if (!this.gl || !buffer) return;
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, values, this.gl.DYNAMIC_DRAW);
  }

  /**
   * Set where points are, and in which order they are drawn.
   * @param {Positions} positions
   * @param {Uint32Array<ArrayBuffer>} order
   */
  setPositions(positions, order) {
    this.positions = positions;
    this.order = order;
    const { x, y, z } = positions;
    const together = new Int16Array(4 * x.length); // graphics cards read places that are multiples of four bytes
    for (let i = 0; i < x.length; i++) {
      together[4 * i] = x[i];
      together[4 * i + 1] = y[i];
      together[4 * i + 2] = z[i];
    }
    this.#upload(this.buffers?.position, together);
    this.gl?.bufferData(this.gl.ELEMENT_ARRAY_BUFFER, order, this.gl.DYNAMIC_DRAW);
  }

  /**
   * Set how points look.
   * @param {Uint8Array<ArrayBuffer>} colours
   * @param {Uint8Array<ArrayBuffer>} marks
   */
  setColours(colours, marks) {
    this.colours = colours;
    this.marks = marks;
    this.#upload(this.buffers?.colour, colours);
    this.#upload(this.buffers?.mark, marks);
  }

  /** @param {Frame} frame */
  draw(frame) {
    if (this.flat) this.#drawFlat(this.flat, frame);
    const { gl, uniforms, canvas } = this;
    if (!gl || !uniforms) return;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(uniforms.centre, frame.x, frame.y);
    gl.uniform2f(uniforms.scale, (2 * frame.scale) / canvas.width, (2 * frame.scale) / canvas.height);
    gl.uniform1f(uniforms.size, frame.size);
    gl.uniform1f(uniforms.reach, frame.reach);
    gl.drawElements(gl.POINTS, this.order.length, gl.UNSIGNED_INT, 0);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Frame} frame
   */
  #drawFlat(pen, frame) {
    const { canvas, positions, colours, marks } = this;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const image of this.order) {
      const x = canvas.width / 2 + (positions.x[image] - frame.x) * frame.scale;
      const y = canvas.height / 2 - (positions.y[image] - frame.y) * frame.scale;
      if (x < 0 || y < 0 || x > canvas.width || y > canvas.height) continue;
      const [red, green, blue, alpha] = colours.subarray(4 * image, 4 * image + 4);
      const nearer = 1 + (NEARER * positions.z[image]) / frame.reach;
      const half = nearer * frame.size * (marks[image] ? 0.75 : 0.45);
      pen.lineWidth = 0.45 * nearer * frame.size;
      pen.fillStyle = pen.strokeStyle = `rgb(${red} ${green} ${blue} / ${Math.min(1, nearer) * (alpha / 255)})`;
      if (!marks[image]) {
        pen.fillRect(x - half, y - half, 2 * half, 2 * half);
        continue;
      }
      pen.beginPath();
      for (const side of [-half, half]) {
        pen.moveTo(x - half, y + side);
        pen.lineTo(x + half, y - side);
      }
      pen.stroke();
    }
  }
}
