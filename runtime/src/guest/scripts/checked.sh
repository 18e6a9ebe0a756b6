type ls cat mv rm mkdir chmod printf base64 sha256sum >/dev/null || exit 69
case ${p##*/} in ""|.|..) exit 67;; esac
if [ -e "$p" ]; then
[ -f "$p" ] || exit 67
[ -w "$p" ] || exit 77
fi
trap "[ \$? = 0 ] || drop" EXIT
