type ls wc sha256sum head base64 >/dev/null || exit 69
[ -e "$p" ] || exit 66
[ -f "$p" ] || exit 67
[ -r "$p" ] || exit 77
size() { set -f; set -- $(ls -lnLd "$1"); echo "$5"; }
[ "$(size "$p")" -le "$2" ] || exit 76
n=$(wc -c <"$p") && [ "$n" -le "$2" ] || exit 76
h=$(sha256sum <"$p") || exit 74
echo $n $h
head -c "$3" <"$p" | base64
