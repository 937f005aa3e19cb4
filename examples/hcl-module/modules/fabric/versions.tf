terraform {
  required_version = ">= 1.8"

  required_providers {
    peerform = {
      source = "peerform/peerform"
    }
  }
}
