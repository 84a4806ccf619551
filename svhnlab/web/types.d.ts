// Types of the data and libraries that pages load as scripts, and of the scripts' properties of the window.

/** Pages of the site with their entries (svhnlab/site/postprocess/search.py). */
type SearchIndex = [page: string, title: string, entries: SearchEntry[]][];
type SearchEntry = [anchor: string, heading: string, text: string, keywords: string];

type Unit = "share" | "loss" | "distance" | "property";

/**
 * The numbers by which single test images are selected (svhnlab/site/prerender/evidence.py). Fractions are integers
 * with the scale factors `units`; null means undefined. Lists over images are in the order of `rows`.
 */
interface EvidenceIndex {
  classes: string[];
  /**
   * `evidence`: whether the run has occlusion maps. Whether occlusion is better than a random order (null: not tested) is
   * the same for all images of a run.
   */
  runs: { name: string; title: string; errors: number; evidence: boolean; occlusion?: boolean | null }[];
  total: number;
  units: Record<Unit, number>;
  /** Height and width of an image in pixels. */
  side: number;
  columns: number;
  perSheet: number;
  /** Number of training images on the sheets. */
  training: number;
  /** Width of an attribution in pixels, 0 without attributions. */
  attribution: number;
  /** Position of each image in its file. */
  rows: number[];
  labels: number[];
  /** Class that each image shows; null if it is unknown, as for photographs. */
  truth: number[] | null;
  predicted: number[][];
  confidence: number[][];
  loss: (number | null)[][];
  margin: ((number | null)[] | null)[];
  quality: (number | null)[] | null;
  suggested: number[] | null;
  /** Rows whose labels are suspected to be wrong, worst first. */
  suspected: number[];
  /** Causes of errors in the order of their rules; the last is "unexplained". */
  causes: { name: string; title: string }[];
  /** Cause of each run's error on each image, -1 where it is correct; null if the causes are not computed. */
  cause: number[][] | null;
  /** Changed versions of some of the images; null without them. */
  changes: ChangesIndex | null;
}

/** What all changed versions of images share (svhnlab/site/prerender/changes.py). */
interface ChangesIndex {
  /** Two phrases for a step: for the usual direction of a change and for the opposite one. */
  corruptions: { title: string; steps: ChangeStep[] }[];
  /** Number of versions of an image, the first without a change. */
  conditions: number;
  perFile: number;
  /** Positions of the images in the bundle. */
  images: number[];
}

type ChangeStep = { condition: number; severity: number; strength: string; phrases: [string, string] };

/**
 * Predictions on the versions of one image: lists over runs, then over versions; probabilities in percent. Those of an
 * imported run are null.
 */
interface ImageChanges {
  turned: boolean;
  predicted: (number[] | null)[];
  confidence: (number[] | null)[];
  labelShare: (number[] | null)[];
}

type DistanceName = "rawTrue" | "rawPredicted" | "freeTrue" | "freePredicted";

/** Content of the cards of one sheet's images; lists over runs, then over the images of the sheet. */
interface EvidenceCards {
  probabilities: number[][][];
  /** Classes in the prediction sets; null where they are not computed. */
  sets: (number[][] | null)[];
  distances: ((Record<DistanceName, (number | null)[]> & { nearest: number[]; nearestOther: number[] }) | null)[];
  neighbours: ([image: number | null, label: number, distance: number | null][][] | null)[];
  /** Positions among the neighbours of those whose labels are suspected to be wrong; null if labels are not scored. */
  suspectNeighbours: (number[][] | null)[];
  /** Evidence for the cause of each run's error, in words; null if the causes are not computed. */
  causes: string[][] | null;
  /** Names of the images in their source, such as paths of files; null without names. */
  names: string[] | null;
  properties: Record<string, { title: string; values: (number | null)[]; below: number[] }>;
}

/** Images of the label review, in random order (svhnlab/site/prerender/label_review.py). */
interface ReviewList {
  study: string;
  /** Name of the data. */
  data: string;
  /** Digest of all test images. */
  testImages: string;
  /** Digest of the list. */
  list: string;
  classes: string[];
  /** Position of each image in its file. */
  images: number[];
  labels: number[];
  /** Class with the highest mean probability over the models. */
  suggested: number[];
  /** Height and width of an image in pixels. */
  side: number;
  columns: number;
  perSheet: number;
}

/** All test images (svhnlab/site/prerender/explorer.py). Columns are arrays of numbers in base64. */
interface ExplorerFile {
  study: string;
  /** Name of the data. */
  data: string;
  /** Digest of all test images. */
  testImages: string;
  classes: string[];
  colours: string[];
  units: Record<Unit, number>;
  columns: number;
  perSheet: number;
  /** Largest coordinate on the maps. */
  reach: number;
  /** Number of images that t-SNE placed. */
  mapped: number;
  onMap: string;
  numbers: string;
  labels: string;
  isTruthKnown: boolean;
  /** Class that each image shows, its label where that is unknown. */
  truth: string;
  suspected: string;
  causes: { name: string; title: string }[];
  properties: {
    name: string;
    title: string;
    unit: string;
    low: string;
    high: string;
    /** Bounds of the slices, each of which includes the upper one. */
    slices: [number, number][];
    values: string;
  }[];
  runs: {
    name: string;
    title: string;
    /** Number by which images from the same photographs reduce the effective number of images. */
    designEffect: number;
    x: string;
    y: string;
    predicted: string;
    confidence: string;
    loss: string;
    margin: string | null;
    cause: string | null;
  }[];
}

/** Cells of a confusion matrix (svhnlab/report/errors/confusion_matrix.py). */
interface MatrixCells {
  run: string;
  classes: string[];
  counts: number[][];
  /** Classes in the order of the rows and columns of the picture. */
  order: number[];
  /** Correctly classified images of each class that have cards. */
  shown: number[];
  /** Left, top, width and height of each panel as shares of the picture. */
  panels: [number, number, number, number][];
  /** The same for the picture that phones show; empty if it has no cells. */
  phone: [number, number, number, number][];
  /** The bars of that picture, from top to bottom: true and predicted class of each, and the place of all. */
  bars: { pairs: [number, number][]; place: [number, number, number, number] } | null;
}

/** Content of a map of feature space (svhnlab/report/features/maps/base.py). */
interface MapData {
  dimensions: 2 | 3;
  /** Distance of the outermost point from the centre, in the integer unit of the coordinates. */
  reach: number;
  spans: number[];
  names: string[];
  colours: string[];
  symbols: string[];
  onMap: string[];
  nameSize: number;
  rows: number[];
  labels: number[];
  runs: {
    points: number[][];
    centres: (number[] | null)[];
    predicted: number[];
    confidence: number[];
    scores: [string, string][];
    silhouette: [string, string];
    silhouettes: [string, string][];
  }[];
}

/** Calibration at many temperatures (svhnlab/report/calibration/temperature_slider.py). */
interface TemperatureData {
  /** Integer that stands for a confidence of 1. */
  steps: number;
  metrics: string[];
  /** Lists over temperatures, ascending; those of images, correct images and mean confidence over bins in each. */
  runs: {
    /** Positions of the fitted temperature and of 1. */
    fitted: number;
    trained: number;
    temperatures: string[];
    values: string[][];
    images: number[][];
    correct: number[][];
    confidence: number[][];
  }[];
}

/** The properties of a drawn Plotly figure that the maps use. */
interface PlotlyFigure extends HTMLDivElement {
  layout: any;
  /** The layout with what Plotly adds: the ranges of axes with a common scale. */
  _fullLayout: any;
  on(name: string, listener: (event: any) => void): void;
}

interface Plotly {
  react(figure: PlotlyFigure, traces: object[], layout: object, config: object): Promise<void>;
  relayout(figure: PlotlyFigure, changes: object): Promise<void>;
  Plots: { resize(figure: PlotlyFigure): void };
}

interface Window {
  Plotly?: Plotly;
  quartoToggleColorScheme?: () => void;
  quartoToggleHeadroom?: () => void;
  /** Definitions of the glossary: anchor to term and text. */
  svhnlabGlossary?: Record<string, [string, string]>;
  svhnlabSearch?: SearchIndex;
  svhnlabReview?: ReviewList;
  svhnlabExplorer?: ExplorerFile;
  /** Coordinates on the maps in three dimensions, for each run. */
  svhnlabSpace?: { x: string; y: string; z: string }[];
  /** Nearest images on the map of each run, as columns. */
  svhnlabNeighbours?: Record<number, string>;
  svhnlabBundle?: { index: EvidenceIndex } & Record<string, EvidenceCards>;
  svhnlabChanges?: Record<string, ImageChanges[]>;
  /** Version of the pages in the folder of version.js, path of this page in it, and path from here to the site root. */
  svhnlabVersion?: { version: string; page: string; root: string };
  /** Versions, latest first, each with the index of its list of pages (svhnlab/publishing/selector.py). */
  svhnlabVersions?: { versions: { version: string; pages: number }[]; pages: string[][] };
}
