# A fabric in plain HCL: the same network as the quickstart, for the Terraform CLI only.

terraform {
  required_providers {
    peerform = {
      source = "peerform/peerform"
    }
  }
}

variable "lab" {
  description = "Folder of the lab, in which each node's agent has its own folder."
  type        = string
  default     = "/run/peerform/lab/quickstart"
}

locals {
  nodes     = { for number in [1, 2, 3] : "node${number}" => number }
  endpoints = { for name, _ in local.nodes : name => "unix://${var.lab}/${name}/agent.sock" }
}

# The topology. Applying it stages its release on every node.
resource "peerform_fabric" "main" {
  name              = "quickstart"
  edition           = 2
  as_number         = provider::peerform::as_number("1.1575") # 67111
  node_to_node_mesh = true

  # For many of a kind: an attribute, which takes any expression.
  nodes = { for name, number in local.nodes : name => {
    endpoint     = local.endpoints[name]
    ipv4_address = "10.0.0.${number}"
    ipv6_address = "fd00:10::${number}"
  } }

  # For a few: blocks. A global peer: every node peers with it.
  peer "tor" {
    address   = "192.20.30.40"
    as_number = 67111
  }

  # A node-specific peer: only node1 peers with it.
  peer "node1-tor" {
    node      = "node1"
    address   = "aa:bb::ff"
    as_number = 67111
  }
}

# Activates the release on some nodes, here on all, and waits until they are healthy.
resource "peerform_wave" "all" {
  fabric     = peerform_fabric.main.name
  release    = peerform_fabric.main.release
  activation = peerform_fabric.main.activation
  nodes      = local.endpoints
}

# Confirms the release after the last wave. Without it every node rolls back to its previous release.
resource "peerform_commit" "main" {
  fabric     = peerform_fabric.main.name
  release    = peerform_fabric.main.release
  activation = peerform_fabric.main.activation
  nodes      = local.endpoints

  depends_on = [peerform_wave.all]
}
