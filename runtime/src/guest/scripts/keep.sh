trap 'rm -f "$w.$$"' EXIT
(umask 077; list >"$w.$$") && mv -f "$w.$$" "$w" || exit 74
wc -c <"$w"
