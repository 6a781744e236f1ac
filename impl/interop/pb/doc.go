// Package pb is the official gRPC interface of MLS clients under test: generated
// from mls_client.proto, and nothing else.
package pb

//go:generate go run ./genpb mls_client.proto
