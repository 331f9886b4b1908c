// Package tenantcontext decides whether a request of a tenant may be served,
// and with what: the one place where the states of tenant, product, licence,
// key and database come together. No context, no access.
//
// Decide is the rule, a pure function. Memory keeps the contexts of many
// tenants and answers by tenant or host name without allocating; because every
// context points to the one cell of its key, SetKey locks all tenants of a key
// with one store, however many they are.
package tenantcontext
