# Serves the text $1 by HTTP on the port $2, by whatever of these there is, and stays. Ends with 3 if there is none.
mkdir -p tried-by-url && cd tried-by-url && printf %s "$1" >index.html || exit 1
serve() {
  command -v "$1" >/dev/null 2>&1 || return 1
  "$@" >/dev/null 2>&1 &
  server=$!
  sleep 1
  kill -0 "$server" 2>/dev/null
}
serve python3 -m http.server "$2" ||
  serve busybox httpd -f -p "$2" ||
  serve node -e 'require("http").createServer((_, answer) => answer.end(process.argv[1])).listen(+process.argv[2])' "$1" "$2" ||
  exit 3
