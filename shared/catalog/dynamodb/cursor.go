package dynamodb

import (
	"encoding/base64"
	"strings"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// cursor is the opaque position after an item: its key, so that it stays valid
// whatever is put or deleted around it.
func cursor(k catalog.Key) string {
	return base64.RawURLEncoding.EncodeToString([]byte(k.Part + "\x00" + k.Sort))
}

// position reads a cursor; false for the empty one.
func position(after string) (k catalog.Key, ok bool, err error) {
	if after == "" {
		return catalog.Key{}, false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(after)
	part, sort, found := strings.Cut(string(b), "\x00")
	k = catalog.Key{Part: part, Sort: sort}
	if err != nil || !found || validateKey(k) != nil {
		return catalog.Key{}, false, coded.Field("after", "pass Page.Next of the page before, unchanged", "not a cursor of this store")
	}
	return k, true, nil
}
