type find stat head base64 wc mv rm >/dev/null || exit 69
w=$2
e=$(stat -L -c %f "$p" 2>&1) || why "$e"
[ -d "$p" ] || exit 67
cd "$p" && [ -r . ] || exit 77
list() { find . ! -name . -prune -exec stat -c "%f %s %Y %n//" {} +; echo .; }
