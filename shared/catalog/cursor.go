package catalog

import (
	"encoding/base64"
	"strings"

	"latchkey/shared/coded"
)

// Cursor is the opaque position after an item: its key, so that it stays valid
// whatever is put or deleted around it.
func Cursor(k Key) string {
	return base64.RawURLEncoding.EncodeToString([]byte(k.Part + "\x00" + k.Sort))
}

// Position reads a cursor; false for the empty one.
func Position(after string) (k Key, ok bool, err error) {
	if after == "" {
		return Key{}, false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(after)
	part, sort, found := strings.Cut(string(b), "\x00")
	k = Key{Part: part, Sort: sort}
	if err != nil || !found || checkKey(k) != nil {
		return Key{}, false, coded.Field("after", "pass Page.Next of the page before, unchanged", "not a cursor of this store")
	}
	return k, true, nil
}
