// Package fake holds what every twin of an AWS service needs: a virtual clock,
// seeded randomness, faults that can be injected at every call of every port,
// and a journal that lets a local cell survive kill -9.
//
// The twins themselves are in the packages below it: fakekms, fakerds and
// faketrail.
package fake
