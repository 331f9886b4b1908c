package dynamodb

import (
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// validateTx refuses, beyond the port's own limits, keys that are too long for
// the sort key of the lookups, in which the bytes \x01 and \x02 of a Part take two.
func validateTx(tx *catalog.Tx) error {
	if err := catalog.ValidateTx(tx); err != nil {
		return err
	}
	for i := range tx.Puts {
		if err := validateSorted(tx.Puts[i].Item.Key); err != nil {
			return err
		}
	}
	return nil
}

func validateKey(k catalog.Key) error {
	if err := catalog.ValidateKey(k); err != nil {
		return err
	}
	return validateSorted(k)
}

func validateSorted(k catalog.Key) error {
	if n := len(sorted(k)); n > catalog.MaxKeyBytes {
		return coded.Field("key", "use shorter ids", "%d bytes, at most %d", n, catalog.MaxKeyBytes)
	}
	return nil
}
