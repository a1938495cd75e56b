"""Files that runs and models leave behind, behind one seam."""
