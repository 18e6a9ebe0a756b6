type stat wc head base64 sha256sum >/dev/null || exit 69
e=$(stat -L -c "%f %s %Y" "$p" 2>&1) || why "$e"
[ -f "$p" ] || exit 67
[ -r "$p" ] || exit 77
c=$(wc -c <"$p") || exit 74
h=-
[ $c -lt "$2" ] || h=$(head -c $c <"$p" | sha256sum)
echo "$e"
echo $c $h
head -c "$2" <"$p" | base64
