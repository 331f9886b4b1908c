// Package insecure is empty: the tests of X-Ray's SDK name it, and so go mod
// tidy looks for it.
package insecure
