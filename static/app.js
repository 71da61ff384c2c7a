// The steps a script can save at the desk. Every page works without these modules, and the server decides everything again.
// The server hands them out as one file (admin_views/bundles.py); what they share and owe to each other is in desk/dom.js.
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
import "./desk/charts.js";
import "./desk/palette.js";
import "./desk/recent.js";
import "./desk/toasts.js";
import "./desk/job.js";
import "./desk/uploads.js";
import "./desk/review/desk.js";
import "./desk/parts.js"; // last: the others have their say before a link is followed or a form sent
