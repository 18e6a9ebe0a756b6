type find stat head base64 wc mv rm >/dev/null || exit 69
w=$2 r=$3
e=$(stat -L -c %f "$p" 2>&1) || why "$e"
if [ -f "$p" ]; then
list() { echo f; echo .; }
elif [ -d "$p" ]; then
cd "$p" && [ -r . ] || exit 77
case $(pwd -P) in /) b=.;; *) b=/;; esac
list() {
echo d
[ -z "$r" ] || find . \( -path "$b/proc" -o -path "$b/sys" -o -path "$b/dev" \) -prune -o -type f -exec stat -c "%s %n//" {} +
echo .
}
else
exit 67
fi
