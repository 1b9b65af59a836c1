// Package helpcrunch is a client for the HelpCrunch REST API.
package helpcrunch
