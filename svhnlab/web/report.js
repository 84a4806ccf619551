// The script of every page, for both engines. A page can be read without it.

import { watchScrolling } from "./anchor.js";
import { startCitation } from "./citation.js";
import { startEvidence } from "./evidence/evidence.js";
import { startExplorers } from "./evidence/explorer.js";
import { startExplorer } from "./explorer/explorer.js";
import { startFigures } from "./figures.js";
import { loadItalics } from "./fonts.js";
import { startHints } from "./hints.js";
import { startMaps } from "./maps/maps.js";
import { startQuartoFrame } from "./quarto_frame.js";
import { startReview } from "./review/review.js";
import { startSearch } from "./search.js";
import { startTables } from "./tables.js";
import { startTemperature } from "./temperature.js";

watchScrolling();
startEvidence(); // first, since its listener stops events for cards and galleries
startSearch();
startFigures();
startTables();
startHints();
startMaps();
startTemperature();
startExplorers();
startCitation();
startReview();
startExplorer();
startQuartoFrame();
loadItalics();
