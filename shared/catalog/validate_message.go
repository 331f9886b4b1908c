package catalog

import "latchkey/shared/coded"

func validateMessage(m *Message) *coded.Error {
	if err := validateText("id", m.ID, MaxKeyBytes); err != nil {
		return err
	}
	if err := validateGroup(m.Group); err != nil {
		return err
	}
	if n := m.Bytes(); n > MaxMessageBytes {
		return coded.Wrap(coded.Invalid, ErrTooLarge, "message %s of %d bytes, at most %d", m.ID, n, MaxMessageBytes)
	}
	return nil
}

// validateGroup allows the empty group.
func validateGroup(group string) *coded.Error {
	if group == "" {
		return nil
	}
	return validateText("group", group, MaxKeyBytes)
}

// ValidatePendingIn refuses a question about a group that cannot be answered.
func ValidatePendingIn(group string, limit int) error {
	if err := validateGroup(group); err != nil {
		return err
	}
	return ValidateLimit(limit)
}

// Storable reports whether a message of this group and id can be in an outbox.
func (m *Message) Storable() bool {
	return validateText("id", m.ID, MaxKeyBytes) == nil && validateGroup(m.Group) == nil
}

// Bytes is the size of a message, as Item.Bytes.
func (m *Message) Bytes() int { return len(m.ID) + len(m.Group) + len(m.Body) }
