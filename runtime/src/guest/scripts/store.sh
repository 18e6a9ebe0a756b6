d=${p%/*}
if [ "$3" = 0 ]; then
mkdir -p "${d:-/}"
(umask 077; mkdir "$t") || [ -d "$t" ] || exit 73
fi
printf %s "$4" | base64 -d >"$t/$3.$$" && mv "$t/$3.$$" "$t/$3" || exit 74
