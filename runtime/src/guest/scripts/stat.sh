type stat >/dev/null || exit 69
e=$(stat -c "%f %s %Y" "$p" 2>&1) || why "$e"
echo "$e"
