"""The configurations whose accuracies a document prints, trained again one by one, each on several seeds."""
