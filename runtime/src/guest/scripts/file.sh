exec 2>/dev/null
case $1 in /*) p=$1;; *) p=./$1;; esac
