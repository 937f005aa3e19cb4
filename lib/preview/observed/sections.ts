import type { Section } from '../report';
import type { Comparison } from './comparison';
import type { LossRow } from './losses';

/** Sections of a comparison below its headline, without empty ones. */
export function comparisonSections({ differences, besides, unseen, losses, predicted }: Comparison): Section[] {
  const all: Section[] = [
    {
      title: 'Not as predicted',
      lines: differences.map(
        ({ subject, predicted: said, observed }) => `${subject}: predicted ${said}, observed ${observed}`,
      ),
      isGrave: true,
    },
    { title: 'At the same time, not due to the deploy', lines: besides, isGrave: true },
    { title: 'Not observed', lines: unseen, isGrave: true },
    { title: 'Lost prefixes', lines: losses.map(lossLine) },
    { title: 'Predicted', lines: predicted ? [predicted.about].filter((text) => text !== '') : [] },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

function lossLine({ node, prefix, origin, ms, isLost, isPredicted }: LossRow): string {
  const of = origin === undefined ? '' : ` of ${origin}`;
  const time = isLost ? `has been missing for ${ms} ms` : `was missing for ${ms} ms`;
  return `${node}: ${prefix}${of} ${time}${isPredicted ? ', as predicted' : ''}`;
}
