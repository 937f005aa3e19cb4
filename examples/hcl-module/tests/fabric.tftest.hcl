# `terraform test`: only plans, so no agent is needed. A lab that is not there keeps the tests from asking those of the machines.

variables {
  lab = "/run/peerform/lab/none"
}

run "the_fleet" {
  command = plan

  assert {
    # Whatever the number of machines, they form a mesh, and have sessions with outside neighbours besides.
    condition     = module.fabric.impact.added > length(var.machines) * (length(var.machines) - 1) / 2
    error_message = "The fleet of ${length(var.machines)} has only ${module.fabric.impact.added} sessions."
  }
}

run "one_more_machine" {
  command = plan

  variables {
    machines = {
      node1 = { endpoint = "ssh://root@node1", ipv4 = "10.0.0.1", zone = "a" }
      node2 = { endpoint = "ssh://root@node2", ipv4 = "10.0.0.2", zone = "a" }
      node3 = { endpoint = "ssh://root@node3", ipv4 = "10.0.0.3", zone = "b" }
      node4 = { endpoint = "ssh://root@node4", ipv4 = "10.0.0.4", zone = "b" }
    }
  }

  assert {
    condition     = module.fabric.impact.added == 10
    error_message = "The fleet should have 10 sessions, not ${module.fabric.impact.added}."
  }
}

run "a_misspelt_attribute_of_a_machine" {
  command = plan

  variables {
    machines = {
      node1 = { endpoint = "ssh://root@node1", ipv4 = "10.0.0.1", zone = "a", cannary = true }
    }
  }

  expect_failures = [var.machines]
}

run "without_a_mesh" {
  command = plan

  module {
    source = "./modules/fabric"
  }

  variables {
    name              = "edge"
    node_to_node_mesh = false
    nodes = {
      spine = { endpoint = "unix:///run/spine.sock", ipv4_address = "10.0.0.1" }
      leaf1 = { endpoint = "unix:///run/leaf1.sock", ipv4_address = "10.0.0.2" }
      leaf2 = { endpoint = "unix:///run/leaf2.sock", ipv4_address = "10.0.0.3" }
    }
    peers            = {}
    filters          = {}
    route_reflectors = { main = { reflectors = ["spine"] } }
    canaries         = ["leaf1"]
  }

  assert {
    condition     = peerform_fabric.this.impact.added == 2
    error_message = "Each leaf should have a session with the reflector, and no other."
  }

  assert {
    condition     = keys(peerform_wave.canaries[0].nodes) == tolist(["leaf1"]) && length(peerform_wave.rest.nodes) == 2
    error_message = "The canary should go first, and by itself."
  }
}

run "with_nodes_that_may_be_unreachable" {
  command = plan

  module {
    source = "./modules/fabric"
  }

  variables {
    name = "edge"
    nodes = {
      n1 = { endpoint = "unix:///run/n1.sock", ipv4_address = "10.0.0.1" }
      n2 = { endpoint = "unix:///run/n2.sock", ipv4_address = "10.0.0.2" }
      n3 = { endpoint = "unix:///run/n3.sock", ipv4_address = "10.0.0.3" }
    }
    peers       = {}
    filters     = {}
    canaries    = ["n1"]
    unreachable = ["n1", "n3"]
  }

  assert {
    condition     = peerform_wave.canaries[0].unreachable == tolist(["n1"]) && peerform_wave.rest.unreachable == tolist(["n3"])
    error_message = "Each wave should go ahead without those of its own nodes."
  }

  assert {
    condition     = peerform_fabric.this.unreachable == tolist(["n1", "n3"]) && peerform_commit.this.unreachable == tolist(["n1", "n3"])
    error_message = "The fabric and its commit should go ahead without all of them."
  }
}

run "a_canary_that_is_no_node" {
  command = plan

  module {
    source = "./modules/fabric"
  }

  variables {
    name     = "edge"
    nodes    = { n1 = { endpoint = "unix:///run/n1.sock", ipv4_address = "10.0.0.1" } }
    peers    = {}
    filters  = {}
    canaries = ["n2"]
  }

  expect_failures = [peerform_fabric.this]
}
