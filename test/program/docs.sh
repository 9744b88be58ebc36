#!/bin/sh
# The documentation says what the code says: docs.sh SOURCE-FOLDER
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"
cd "$1" || exit 1

# The first block of C in the README.
awk '/^```c$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' README.md >"$work/readme.c"
check "the README shows docs/examples/stream.c" cmp "$work/readme.c" docs/examples/stream.c
check "the README's program has at most 44 lines" [ "$(wc -l <docs/examples/stream.c)" -le 44 ]

# Every piece of C in docs/from-python.md stands in the example that was named last, but for how far
# it is indented, and is shown once. A line with three dots in a comment stands for what is left out.
awk -v folder=docs/examples/ '
    function strip(line) { sub(/^ +/, "", line); return line "\n" }
    function compare(    text, line, i) {
        while ((getline line <(folder name)) > 0) text = text strip(line)
        close(folder name)
        pieces++
        if (part == "" || index(text, part) == 0) print FILENAME ": not in " name ": " part
        for (i = 1; i < pieces; i++) {
            if (names[i] == name && (index(shown[i], part) || index(part, shown[i])))
                print FILENAME ": twice from " name ": " part
        }
        names[pieces] = name
        shown[pieces] = part
        part = ""
    }
    match($0, /\]\(examples\/[a-z_]+\.c\)/) { name = substr($0, RSTART + 11, RLENGTH - 12) }
    /^```$/ && inside { compare(); inside = 0; next }
    inside && /^\/\* … \*\/$/ { compare(); next }
    inside { part = part strip($0) }
    /^```c$/ { inside = 1 }
    END { if (pieces < 20) print FILENAME ": too few pieces of C" }
' docs/from-python.md >"$work/strays"
sed 's/^/# /' "$work/strays"
check "docs/from-python.md shows the examples" [ ! -s "$work/strays" ]
for example in docs/examples/*.c; do
    name=${example##*/}
    [ "$name" = thousand.c ] ||
        check "docs/from-python.md shows $name" grep -q "(examples/$name)" docs/from-python.md
done

sed -n 's/^ *X(\(E[A-Z0-9_]*\),.*/GIA_\1/p' include/gia/error.h >"$work/codes"
check "error.h has codes" [ "$(wc -l <"$work/codes")" -gt 40 ]
while read -r code; do
    check "docs/errors.md tells of $code" grep -q "^| \`$code\` |" docs/errors.md
done <"$work/codes"
# shellcheck disable=SC2016 # Markdown's backquotes
sed -n 's/^| `\(GIA_E[A-Z0-9_]*\)` |.*/\1/p' docs/errors.md | sort >"$work/told"
sort "$work/codes" >"$work/sorted"
check "docs/errors.md tells of nothing else" cmp "$work/sorted" "$work/told"

version=$(awk '/^#define GIA_VERSION_(MAJOR|MINOR|PATCH) / { v = v s $3; s = "." } END { print v }' \
    include/gia/version.h)
check "docs/changelog.md begins with this version" \
    [ "$(sed -n 's/^## \([0-9.]*\).*/\1/p' docs/changelog.md | head -n 1)" = "$version" ]

for script in docs/*.sh test/run.sh test/program/*.sh; do
    check "$script is valid for a POSIX shell" sh -n "$script"
done

# Every file of the library stands in the table of docs/design.md, in the row of its folder.
sed -n '/^| floor/,/^$/p' docs/design.md >"$work/house"
for file in lib/*.[ch] lib/*/*.[ch]; do
    name=${file%.?}
    folder=${name%/*}
    if [ "$folder" = lib ]; then
        grep -q "\`$name\`" "$work/house"
    else
        grep "\`$folder/\`" "$work/house" | grep -q "\`${name##*/}\`"
    fi || echo "$file"
done >"$work/homeless"
sed 's/^/# /' "$work/homeless"
check "docs/design.md has a place for every file of the library" [ ! -s "$work/homeless" ]

# Every relative link leads somewhere.
for page in README.md docs/*.md; do
    grep -o '](\([^)#:]*\)[)#]' "$page" | sed 's/^](\(.*\)[)#]$/\1/' | while read -r link; do
        [ -z "$link" ] || [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
    done
done >"$work/broken"
sed 's/^/# /' "$work/broken"
check "links lead somewhere" [ ! -s "$work/broken" ]

plan
