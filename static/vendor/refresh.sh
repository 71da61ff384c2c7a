#!/bin/sh
# Builds the vendored style sheet, icon sprite and chart module again from the npm packages at the versions below.
# Needs node and npm. Run it in this folder after editing a version, subset.scss or icons.txt; commit what changes.
set -eu
CORE=1.4.0 BOOTSTRAP=5.3.7 ICONS=3.51.0 SASS=1.103.1 CHART=4.6.1 COLOR=0.3.4 ESBUILD=0.28.2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --legacy-peer-deps \
  "@tabler/core@$CORE" "bootstrap@$BOOTSTRAP" "@tabler/icons@$ICONS" "sass@$SASS" \
  "chart.js@$CHART" "@kurkle/color@$COLOR" "esbuild@$ESBUILD" >/dev/null

core="$here/tabler-core-$CORE"
{
  printf '/*! Tabler v%s, parts named in subset.scss, on Bootstrap v%s. MIT: see LICENSE beside this file. */\n' "$CORE" "$BOOTSTRAP"
  npx sass --quiet --style=compressed --no-charset --no-source-map \
    --load-path=node_modules/@tabler/core/scss --load-path=node_modules "$core/subset.scss"
} >"$core/tabler.min.css"

icons="$here/tabler-icons-$ICONS"
{
  printf '<svg xmlns="http://www.w3.org/2000/svg">\n'
  while read -r name; do
    printf '<symbol id="%s" viewBox="0 0 24 24">' "$name"
    tr '\n' ' ' <"node_modules/@tabler/icons/icons/outline/$name.svg" |
      sed -e 's/.*<svg[^>]*>//' -e 's/<\/svg>.*//' -e 's/<path stroke="none"[^>]*>//g' -e 's/  */ /g' -e 's/> </></g' -e 's/^ //' -e 's/ $//'
    printf '</symbol>\n'
  done <"$icons/icons.txt"
  printf '</svg>\n'
} >"$icons/sprite.svg"
cp node_modules/@tabler/icons/LICENSE "$icons/LICENSE"

chart="$here/chart.js-$CHART"
cp "$chart/subset.js" subset.js
npx esbuild subset.js --bundle --minify --format=esm --target=chrome100,firefox100 --legal-comments=eof --log-level=error \
  --outfile="$chart/chart.min.js"
{
  cat node_modules/chart.js/LICENSE.md
  printf '\n--- @kurkle/color, part of chart.min.js ---\n\n'
  cat node_modules/@kurkle/color/LICENSE.md
} >"$chart/LICENSE"
wc -c "$chart/chart.min.js" "$core/tabler.min.css" "$icons/sprite.svg"
