// Package template brings a synthesized cloud assembly up on an emulator of AWS.
//
// It reads the assembly that the infrastructure writes, adapts each stack's
// template by a list of rewrites with a reason each (Rewrites), uploads its
// assets, creates the stack, and then looks whether what the template declares
// is really there, since an emulator may report success for what it ignored.
//
// It knows the CloudFormation template and nothing of how it was made.
package template
