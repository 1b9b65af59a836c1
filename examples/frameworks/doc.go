// Package frameworks shows how webhooks are received in frameworks: chi, gin, echo and AWS
// Lambda. Every function takes the handler that webhook.NewHandler returns.
//
// The handler needs the body unread, as its raw bytes are signed. Register it before any
// middleware that reads or binds the body. If a middleware did, the handler responds with
// 401 and logs why.
package frameworks
