// The steps a script can save at the desk. Every page works without these modules, and the server decides everything again.
// A page that needs more brings its own module in its block "scripts"; what modules share and owe to each other is in desk/dom.js.
import "./desk/theme_switch.js";
import "./desk/popovers.js";
import "./desk/row_menus.js";
import "./desk/selection.js";
import "./desk/lookups.js";
import "./desk/filters.js";
import "./desk/panels.js";
import "./desk/columns.js";
import "./desk/cards.js";
import "./desk/dates.js";
import "./desk/forms.js";
import "./desk/help_key.js";
import "./desk/cells.js";
import "./desk/palette.js";
import "./desk/recent.js";
import "./desk/toasts.js";
import "./desk/parts.js"; // last: the others have their say before a link is followed or a form sent
