// Command quickstart tells the story of one customer.
package main

func main() {}
